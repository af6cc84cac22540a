/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/app_reader.h"

const struct app_reader app_readers[APP_READERS] = {
	{ "dns", "dns", APP_DATAGRAM, app_dns_probe, app_dns_feed },
	{ "dns", "dns", APP_STREAM, app_dns_stream_probe, app_dns_stream_feed },
	{ "tls", "tls", APP_STREAM, app_tls_probe, app_tls_feed },
	{ "dtls", "tls", APP_DATAGRAM, app_dtls_probe, app_dtls_feed },
	{ "quic", "quic", APP_DATAGRAM, app_quic_probe, app_quic_feed },
	{ "http", "http", APP_STREAM, app_http_probe, app_http_feed },
	{ "ssh", "ssh", APP_STREAM, app_ssh_probe, app_ssh_feed },
};
