"""The part of a desktop that has a tray, for a display without one.

tray.py watch         owns the name by which apps find a tray; says "ready"
tray.py menu          tells the menus of all that are in the tray, as JSON
tray.py click LABEL   chooses an item of them
"""

import json
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
INTERFACE = f"""<node><interface name="{WATCHER}">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
</interface></node>"""

bus = Gio.bus_get_sync(Gio.BusType.SESSION)


def watch():
    items = []

    def called(_bus, sender, _path, _interface, method, arguments, invocation):
        if method == "RegisterStatusNotifierItem":
            (named,) = arguments.unpack()
            # Some give the path of the item, some the name of its owner.
            item = sender + named if named.startswith("/") else named + "/StatusNotifierItem"
            items.append(item)
            gone = lambda _bus, _name: item in items and items.remove(item)
            Gio.bus_watch_name_on_connection(bus, sender, Gio.BusNameWatcherFlags.NONE, None, gone)
            bus.emit_signal(None, "/StatusNotifierWatcher", WATCHER, "StatusNotifierItemRegistered", GLib.Variant("(s)", (item,)))
        invocation.return_value(None)

    def asked(_bus, _sender, _path, _interface, name):
        return {
            "RegisteredStatusNotifierItems": GLib.Variant("as", items),
            "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
            "ProtocolVersion": GLib.Variant("i", 0),
        }[name]

    node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
    bus.register_object("/StatusNotifierWatcher", node.interfaces[0], called, asked, None)
    Gio.bus_own_name_on_connection(
        bus, WATCHER, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None
    )
    GLib.MainLoop().run()


def ask(name, path, interface, method, arguments, answer):
    kind = GLib.VariantType(answer)
    return bus.call_sync(name, path, interface, method, arguments, kind, Gio.DBusCallFlags.NONE, 10_000, None).unpack()


def prop(name, path, interface, wanted):
    asked = GLib.Variant("(ss)", (interface, wanted))
    return ask(name, path, "org.freedesktop.DBus.Properties", "Get", asked, "(v)")[0]


def menus():
    """The items of all menus: who has it, its path, its id, its properties."""
    for item in prop(WATCHER, "/StatusNotifierWatcher", WATCHER, "RegisteredStatusNotifierItems"):
        name, _, path = item.partition("/")
        menu = prop(name, "/" + path, ITEM, "Menu")
        # An app may make its menu only when it is about to be shown.
        ask(name, menu, MENU, "AboutToShow", GLib.Variant("(i)", (0,)), "(b)")
        layout = ask(name, menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])), "(u(ia{sv}av))")[1]
        yield from items_of(name, menu, layout)


def items_of(name, menu, layout):
    number, properties, children = layout
    if properties.get("label"):
        yield name, menu, number, properties
    for child in children:
        yield from items_of(name, menu, child)


def shown(properties):
    return properties["label"].replace("_", "")


def click(label):
    for name, menu, number, properties in menus():
        if shown(properties) == label:
            event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
            return ask(name, menu, MENU, "Event", event, "()")
    sys.exit(f"there is no {label!r} in the tray")


match sys.argv[1:]:
    case ["watch"]:
        watch()
    case ["menu"]:
        print(json.dumps([{"label": shown(found[3]), "isEnabled": found[3].get("enabled", True)} for found in menus()]))
    case ["click", label]:
        click(label)
    case _:
        sys.exit(__doc__)
