"""Model."""

import streamlit as st

st.title("Model")
