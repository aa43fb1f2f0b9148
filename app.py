"""The dashboard's entry: `streamlit run app.py`. Page setup and navigation, nothing else."""

from ichdash.web import shell

shell.run()
