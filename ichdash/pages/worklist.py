"""Worklist."""

import streamlit as st

st.title("Worklist")
