"""From the catalogue to what people read: the codebook of the library and of a programme's uploads."""
