"""One file a step, in order. A step that was released is never edited, and there is no way back."""
