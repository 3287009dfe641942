//! stub
pub(crate) struct Settings;
impl Settings {
    pub(crate) fn detect(_: impl Fn(&str) -> Option<String>) -> Self {
        Self
    }
}
pub(crate) struct Console;
impl Console {
    pub(crate) fn new(_: Settings, _: Box<dyn std::io::Write + Send>) -> Self {
        Self
    }
}
impl super::dispatcher::Consumer for Console {
    fn consume(&mut self, _: Vec<super::queue::Item>, _: &super::queue::Queue) {}
    fn flush(&mut self, _: &super::queue::Queue) {}
}
