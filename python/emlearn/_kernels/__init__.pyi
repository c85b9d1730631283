from typing import Any

def __getattr__(name: str) -> Any: ...  # the extension modules, where they were built
