"""The scene: what later renders and edits need, its file, its meshes and its GLB."""
