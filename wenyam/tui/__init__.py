"""The terminal dashboard: screens over one picture of everything, gathered beside them; the only room that imports Textual."""

import os

# Textual paints at most so often and reads it when it is first imported. What a key changes waits for one frame, now and then
# for two: at 60 a second that is 33 ms of the 50 that a key may take. A calm screen is not painted more often for it.
os.environ.setdefault("TEXTUAL_FPS", "120")
