"""Files with the state of a training: hashed, written whole or not at all, and data only.

What is loaded is tensors and plain containers; nothing in such a file can run code.
"""

from surefoot.checkpoints._folder import Checkpoints as Checkpoints
from surefoot.checkpoints._model_file import check_model_file as check_model_file
from surefoot.checkpoints._model_file import write_model_file as write_model_file
from surefoot.checkpoints._plain import not_plain as not_plain
from surefoot.checkpoints._write import write_whole as write_whole

__all__ = ["Checkpoints", "check_model_file", "not_plain", "write_model_file", "write_whole"]
