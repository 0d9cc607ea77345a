"""Asks a window to close, as the button in its corner does (ICCCM 4.2.8.1): close.py WINDOW"""

import ctypes
import sys


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong), ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
        # An event is as large as the largest of its kinds.
        ("pad", ctypes.c_long * 24),
    ]


x11 = ctypes.CDLL("libX11.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XInternAtom.restype = ctypes.c_ulong
x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
x11.XCloseDisplay.argtypes = [ctypes.c_void_p]

CLIENT_MESSAGE = 33

display = x11.XOpenDisplay(None)
window = int(sys.argv[1])
data = (ctypes.c_long * 5)(x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0))
protocols = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
event = ClientMessage(type=CLIENT_MESSAGE, display=display, window=window, message_type=protocols, format=32, data=data)
x11.XSendEvent(display, window, 0, 0, ctypes.byref(event))
x11.XCloseDisplay(display)
