"""The dashboard's entry: `streamlit run app.py`.

Streamlit imports this file once, for the server and its routes, and runs it as a script whenever a
browser needs a page drawn.
"""

import os

import streamlit as st

if __name__ == "__main__":
    from ichdash.web import shell

    shell.run()
else:
    from ichdash.web import fragment_clicks, parent, whole_runs
    from ichdash.web.sessions import relay

    parent.end_with_parent(os.environ)
    whole_runs.keep()
    fragment_clicks.keep()
    app = st.App(__file__, routes=[relay.route(st.get_option("server.baseUrlPath"))])
