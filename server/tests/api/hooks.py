"""Keeps schemathesis from sending what would not tell anything of the API."""

import os

import schemathesis

OWN_KEY = os.environ.get("PIXMILL_KEY_ID")


@schemathesis.hook
def filter_case(context, case):
    # Rocket drops headers that are not UTF-8, and schemathesis sends them as Latin-1.
    is_ascii = all(str(value).isascii() for value in (case.headers or {}).values())
    # Whoever revokes the key that all calls are made with hears no more than that.
    ends_itself = OWN_KEY is not None and OWN_KEY in (case.path_parameters or {}).values()
    return is_ascii and not ends_itself
