"""The bytes of a file under examination."""

import mmap
from typing import TypeAlias

# Whatever can be sliced and searched without being read as a whole.
Bytes: TypeAlias = bytes | mmap.mmap
