def rows():
    return []
def command_line(w):
    return []
def readers(w):
    return []
