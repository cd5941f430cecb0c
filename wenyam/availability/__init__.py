"""Pure: state changes to intervals to figures per period."""
