"""What can be set: settings as frozen data in layers, and secrets that never show."""

from config.editing import set_in_library
from config.layers import ConfigError, Layer, layers, load, origins
from config.secrets import Secrets, read_secrets
from config.settings import Settings

__all__ = ["ConfigError", "Layer", "Secrets", "Settings", "layers", "load", "origins", "read_secrets", "set_in_library"]
