//! Link arguments of an extension module, where the platform needs any.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
