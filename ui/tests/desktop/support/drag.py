"""A window from which files can be dragged, as from a file manager: drag.py X Y PATH...

Says "ready" once it can be taken hold of.
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

x, y, *paths = sys.argv[1:]
uris = [Path(path).as_uri() for path in paths]

window = Gtk.Window(type=Gtk.WindowType.POPUP)
window.move(int(x), int(y))

source = Gtk.EventBox()
source.set_size_request(80, 80)
source.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, None, Gdk.DragAction.COPY)
source.drag_source_add_uri_targets()
source.connect("drag-data-get", lambda _source, _context, data, _kind, _time: data.set_uris(uris))
source.connect("drag-end", lambda _source, _context: Gtk.main_quit())
window.add(source)

window.connect("map-event", lambda _window, _event: print("ready", flush=True))
window.show_all()
Gtk.main()
