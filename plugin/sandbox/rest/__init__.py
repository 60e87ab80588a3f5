"""The REST API, v2 and v3: `gate` lets calls in, one module per resource answers, `envelope` says how answers look.

`rest.blueprint` mounts every route the modules declared with `gate.route`.
"""
