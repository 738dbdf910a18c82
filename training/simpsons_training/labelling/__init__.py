"""Label pictures from episodes: which frames to look at, and the folder they are saved in. Needs no Keras."""
