"""`gitopsgen pin --update`: the one command that uses the network."""
