//! Makes renditions of sources.
