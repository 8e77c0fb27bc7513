"""The design system: tokens, components, template tags and the gallery."""
