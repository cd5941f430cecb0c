"""One file per way of reading a device, over links."""
