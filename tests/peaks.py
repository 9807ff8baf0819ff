"""How much memory reading a file takes, measured in a process of its own (Linux)."""

import subprocess
import sys
from pathlib import Path

# ru_maxrss of a new process begins with what its parent had, so that it is taken of processes below a small one only.
_CODE = """
import re, resource, sys
from pathlib import Path
from indexer.readers.files import read_files
count = sum(1 for _ in read_files([Path(sys.argv[1])]))
here = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(count, max(here, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


def read_in_another_process(path: Path) -> tuple[int, int]:
    """How many documents and failures a file gives, and the most MiB that this took; Python itself takes some 25."""
    done = subprocess.run([sys.executable, "-c", _CODE, str(path)], check=True, capture_output=True, text=True)
    count, peak = map(int, done.stdout.split())
    return count, peak
