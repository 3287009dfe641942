//! A collector that takes OTLP over gRPC on loopback, made of the server that others use.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracing_genai::testing::{ReceivedSpan, decode};

type Answers = dyn Fn(usize) -> Result<ExportTraceServiceResponse, Status> + Send + Sync;

#[derive(Clone)]
struct Service {
    requests: Arc<Mutex<Vec<(MetadataMap, ExportTraceServiceRequest)>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    answers: Arc<Answers>,
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push((metadata, request));
            requests.len() - 1
        };
        (self.answers)(number).map(Response::new)
    }
}

#[tonic::async_trait]
impl MetricsService for Service {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

/// A running collector; it stops when it is dropped.
pub struct GrpcCollector {
    pub url: String,
    service: Service,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl GrpcCollector {
    /// A collector that accepts everything.
    pub fn start() -> Self {
        Self::with(|_| Ok(ExportTraceServiceResponse::default()))
    }

    /// A collector that gives these answers to its n-th request with spans, counted from zero.
    pub fn with(
        answers: impl Fn(usize) -> Result<ExportTraceServiceResponse, Status> + Send + Sync + 'static,
    ) -> Self {
        Self::on("127.0.0.1:0".parse().unwrap(), answers)
    }

    /// A collector at this address, which must be free.
    pub fn on(
        address: SocketAddr,
        answers: impl Fn(usize) -> Result<ExportTraceServiceResponse, Status> + Send + Sync + 'static,
    ) -> Self {
        let service = Service {
            requests: Arc::default(),
            metrics: Arc::default(),
            answers: Arc::new(answers),
        };
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let traces = TraceServiceServer::new(service.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(64 << 20);
        let metrics =
            MetricsServiceServer::new(service.clone()).accept_compressed(CompressionEncoding::Gzip);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let server = tonic::transport::Server::builder()
                    .add_service(traces)
                    .add_service(metrics)
                    .serve_with_incoming(TcpIncoming::from(listener));
                tokio::select! {
                    result = server => result.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            url,
            service,
            _stop: stop,
        }
    }

    /// The metadata of every request with spans.
    pub fn metadata(&self) -> Vec<MetadataMap> {
        let requests = self.service.requests.lock().unwrap();
        requests
            .iter()
            .map(|(metadata, _)| metadata.clone())
            .collect()
    }

    /// The spans of every request, in the order of arrival.
    pub fn requests(&self) -> Vec<Vec<ReceivedSpan>> {
        let requests = self.service.requests.lock().unwrap();
        requests
            .iter()
            .map(|(_, request)| decode(&request.encode_to_vec()).unwrap())
            .collect()
    }

    /// How many requests with metrics have come.
    pub fn metrics(&self) -> usize {
        self.service.metrics.lock().unwrap().len()
    }
}
