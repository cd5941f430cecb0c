"""The kinds of steps, one file each; see `dr/contract.py`."""
