"""The sub-commands of `backorder`, one file per subject; plugin/cli.py loads a file when its command is called."""
