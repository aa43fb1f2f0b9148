"""Words, icons and colours that several pages show the same way.

One meaning, one look: a state is always a word, an icon and a colour together, never green for
"no hemorrhage" (it would read as all clear) and never red for a probability.
"""

from __future__ import annotations

import streamlit as st


def fault(sentence: str) -> None:
    """Something is broken: the sentence that says what, why and what to do next."""
    st.error(sentence, icon=":material/error:")
