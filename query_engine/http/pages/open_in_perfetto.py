"""
The page that opens a trace in Perfetto's viewer.

The viewer runs in the browser of whoever looks: this page reads the trace from our own route and
hands it over by postMessage, as "Deep linking to the Perfetto UI" of perfetto.dev/docs describes.
"""

import base64
import hashlib
import html

from query_engine.limits import PAGE_TRACE_BYTES_MAX

STYLE = "body{font:16px sans-serif;margin:3em auto;max-width:40em}button{font:inherit}"

SCRIPT = """
"use strict";
const page = document.body.dataset;
const said = document.getElementById("said");
const button = document.getElementById("open");
const say = (text) => { said.textContent = text; };

async function trace() {
  const answer = await fetch(page.trace);
  if (!answer.ok) {
    const told = await answer.json().catch(() => null);
    throw new Error(told ? told.error.message : "the service answered " + answer.status);
  }
  const reader = answer.body.getReader();
  const pieces = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > Number(page.most)) {
      await reader.cancel();
      throw new Error("the trace is too large for a browser; write it to a file with limno trace,"
        + " for a shorter range, or open it with Perfetto's trace_processor");
    }
    pieces.push(value);
    say("read " + (size / 1048576).toFixed(1) + " MiB");
  }
  return await new Blob(pieces).arrayBuffer();
}

function handOver(viewer, buffer) {
  say("waiting for the viewer");
  const ping = setInterval(() => viewer.postMessage("PING", page.ui), 50);
  window.addEventListener("message", (event) => {
    if (event.origin !== page.ui || event.source !== viewer || event.data !== "PONG") return;
    clearInterval(ping);
    if (buffer === null) return;
    viewer.postMessage({ perfetto: { buffer, title: page.title } }, page.ui, [buffer]);
    buffer = null;
    say("the trace is open in the other tab");
  });
}

// A function of the page named open would stand in the place of the browser's own.
let buffer = null;
function show() {
  const viewer = window.open(page.ui);
  if (viewer === null) {
    say("the browser has blocked the viewer's tab: allow it, or press the button");
    button.hidden = false;
    return;
  }
  button.hidden = true;
  handOver(viewer, buffer);
}
button.addEventListener("click", show);
trace().then((whole) => { buffer = whole; show(); }, (error) => say("failed: " + error.message));
"""


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY = (
    f"default-src 'none'; script-src '{_digest(SCRIPT)}'; style-src '{_digest(STYLE)}'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing runs or is read but what stands in the page, and our own routes."""


def page(title: str, trace: str, ui: str) -> str:
    """
    Return the page.

    Args:
        title: What the viewer calls the trace.
        trace: Address of the trace, from the page's own.
        ui: Origin of the viewer.
    """
    data = {"title": title, "trace": trace, "ui": ui, "most": str(PAGE_TRACE_BYTES_MAX)}
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style><body {attributes}><h1>{html.escape(title)}</h1>"
        '<p id="said">reading the trace</p><button id="open" hidden>Open in Perfetto</button>'
        f"<noscript>This page needs JavaScript.</noscript><script>{SCRIPT}</script></body></html>"
    )
