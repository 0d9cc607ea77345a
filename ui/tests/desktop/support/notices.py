"""The part of a desktop that shows notifications and progress on the task bar, for a display without one.

notices.py FILE       writes a line of JSON to FILE for each; whoever is told follows every notification
"""

import json
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
LAUNCHER = "com.canonical.Unity.LauncherEntry"
INTERFACE = f"""<node><interface name="{NAME}">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{{sv}}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/>
  </method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>"""

# How often it is followed: the app may begin to listen only after it was told the number.
FOLLOWED = 20

bus = Gio.bus_get_sync(Gio.BusType.SESSION)
shown = []


def note(**said):
    with open(sys.argv[1], "a") as file:
        file.write(json.dumps(said) + "\n")


def follow(number, action, left):
    bus.emit_signal(None, PATH, NAME, "ActionInvoked", GLib.Variant("(us)", (number, action)))
    if left > 1:
        GLib.timeout_add(100, lambda: follow(number, action, left - 1))
    return GLib.SOURCE_REMOVE


def called(_bus, _sender, _path, _interface, method, arguments, invocation):
    answer = None
    if method == "Notify":
        _app, _replaces, _icon, title, body, actions, _hints, _expires = arguments.unpack()
        shown.append(title)
        number = len(shown)
        note(title=title, body=body, actions=actions[1::2])
        GLib.timeout_add(100, lambda: follow(number, actions[0], FOLLOWED))
        answer = GLib.Variant("(u)", (number,))
    elif method == "GetCapabilities":
        answer = GLib.Variant("(as)", (["actions", "body"],))
    elif method == "GetServerInformation":
        answer = GLib.Variant("(ssss)", ("test", "Pixmill", "1", "1.2"))
    invocation.return_value(answer)


def progressed(_bus, _sender, _path, _interface, _signal, arguments):
    _app, said = arguments.unpack()
    note(progress=said.get("progress"), visible=said.get("progress-visible"))


node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
bus.register_object(PATH, node.interfaces[0], called, None, None)
bus.signal_subscribe(None, LAUNCHER, "Update", None, None, Gio.DBusSignalFlags.NONE, progressed)
Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
