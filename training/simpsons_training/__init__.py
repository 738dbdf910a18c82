"""Train the networks of simpsons-play from folders of pictures."""
