"""Case."""

import streamlit as st

st.title("Case")
