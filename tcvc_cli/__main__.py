"""`python -m tcvc_cli` is `tcvc`."""

import sys

from tcvc_cli.import_path import leave_out_current_folder

leave_out_current_folder()

from tcvc_cli.cli.main import main  # noqa: E402 (what it loads must not lie in the current folder)

if __name__ == "__main__":
    sys.exit(main())
