// libcurl for Swift. Swift cannot call C variadic functions, so each option is set through one of a few
// typed wrappers, named after the type of the value.
#pragma once
#include <curl/curl.h>
#include <string.h>
#if defined(__linux__)
#include <sys/epoll.h>
#endif

typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_callback(CURL *handle, CURLoption option, ccurl_data_callback value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t size) {
  struct curl_blob blob = {(void *)bytes, size, CURL_BLOB_COPY};
  return curl_easy_setopt(handle, option, &blob);
}
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
// Both callbacks are given the context.
static inline void ccurl_multi_set_callbacks(
    CURLM *multi, curl_socket_callback sockets, curl_multi_timer_callback timer, void *context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}
static inline CURLcode ccurl_response_code(CURL *handle, long *code) {
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, code);
}
static inline CURLcode ccurl_context(CURL *handle, void **context) {
  return curl_easy_getinfo(handle, CURLINFO_PRIVATE, context);
}
// The server's own certificate in PEM after a transfer with CURLOPT_CERTINFO, or NULL; owned by the handle.
static inline const char *ccurl_leaf_certificate(CURL *handle) {
  struct curl_certinfo *chain = NULL;
  if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK) return NULL;
  if (chain == NULL || chain->num_of_certs < 1) return NULL;
  for (struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next)
    if (strncmp(line->data, "Cert:", 5) == 0) return line->data + 5;
  return NULL;
}
// The result of a CURLMSG_DONE message sits in an anonymous union.
static inline CURLcode ccurl_message_result(const CURLMsg *message) { return message->data.result; }
