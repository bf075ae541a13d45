"""flake8 plugins that hold code to its 4+1 architecture plan."""

__all__ = ["__version__"]
__version__ = "0.1.0"
