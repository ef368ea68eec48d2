"""The commands of `pagebeam` that need no window: by name, what each does. The window's program hands them on."""

COMMANDS = {
    "index": "read files and folders",
    "search": "ask a question",
    "status": "what is in the library",
    "check": "look for damage",
    "encoder": "the models that read pages",
    "evaluate": "how well an encoder finds",
}
