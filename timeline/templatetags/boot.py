"""What a page's script begins with, as data in the page."""

from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import json_script
from django.utils.safestring import SafeString

register = template.Library()


class _Compact(DjangoJSONEncoder):
    """Without blanks after commas and colons, and letters as they are: it travels in every first load."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "separators": (",", ":"), "ensure_ascii": False})


@register.simple_tag
def boot_data(value: Any) -> SafeString:
    """A script element of type application/json with the id "boot", escaped for its place in HTML."""
    return json_script(value, "boot", encoder=_Compact)
