//! The guide: every topic in a chapter. Every snippet compiles.
//!
//! **Start**
//!
//! * [First trace](first_trace): one line of set-up, one instrumented function
//! * [Functions](functions): arguments, results, errors, panics, cancelled futures, nesting
//! * [Model calls](model_calls): tracing a client, options, calls by hand
//! * [Streams](streams): of a model and of your functions
//! * [Tools](tools): what a model asks your program to do
//! * [Agents and runs](agents_and_runs): the work around several calls, and the Assistants API
//! * [Users and sessions](users_and_sessions): what many spans share
//! * [Several services](several_services): one trace across processes
//! * [Providers](providers): which APIs are read
//! * [Providers in a table](providers_table): what is read from each
//!
//! **Fit it in**
//!
//! * [Filters and logs](filters_and_logs): what is printed, and what is a span
//! * [Existing pipelines](existing_pipelines): beside OpenTelemetry that is there already
//! * [Backends](backends): Langfuse, Phoenix, MLflow, collectors, and a demo on your machine
//! * [Serverless](serverless): flush at the end of each call
//! * [Migrating from the Python decorator](from_python): each line, and its Rust
//!
//! **Run it**
//!
//! * [Privacy and masks](privacy): what leaves the process, and what does not
//! * [Sampling](sampling): which traces are recorded
//! * [Delivery and loss](delivery): queues, retries, the spool, the report
//! * [Metrics](metrics): durations and tokens of every operation
//! * [Testing your own traces](testing_your_traces): assert what a backend would receive
//! * [Troubleshooting](troubleshooting): when nothing arrives, or less than expected
//!
//! **Look it up**
//!
//! * [Settings](settings): every variable, its default, and its method; features and dependencies
//! * [Conventions and their versions](conventions): the names of attributes
//! * [Writing a backend's mapping](mappings)
//! * [What this crate does not do](what_it_does_not_do), and which crate does

/// Makes a module of each chapter.
macro_rules! chapters {
    ($($chapter:ident)*) => {
        $(
            #[doc = include_str!(concat!(stringify!($chapter), ".md"))]
            pub mod $chapter {}
        )*
    };
}

chapters! {
    first_trace
    functions
    model_calls
    streams
    tools
    agents_and_runs
    users_and_sessions
    several_services
    providers
    providers_table
    filters_and_logs
    existing_pipelines
    backends
    serverless
    from_python
    privacy
    sampling
    delivery
    metrics
    testing_your_traces
    troubleshooting
    settings
    conventions
    mappings
    what_it_does_not_do
}
