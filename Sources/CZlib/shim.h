// zlib for Swift: whole buffers in one call each. The calls that begin a stream are macros, which Swift does
// not see.
#pragma once
#include <string.h>
#include <zlib.h>

/// Unpacks raw deflate data (RFC 1951) of which it is known how long it is unpacked.
/// Returns 1 when the data is whole, is all there is in `source`, and fills `target` exactly; 0 otherwise.
/// Writes no more than `target_count` bytes, whatever the data is.
static inline int czlib_inflate(
    const unsigned char *source, size_t source_count, unsigned char *target, size_t target_count) {
  if (source_count > 0x7FFFFFFF || target_count > 0x7FFFFFFF) return 0;
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
  unsigned char none;
  stream.next_in = (unsigned char *)source;
  stream.avail_in = (uInt)source_count;
  stream.next_out = target_count > 0 ? target : &none;
  stream.avail_out = (uInt)target_count;
  int code = inflate(&stream, Z_FINISH);
  int is_whole = code == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
  inflateEnd(&stream);
  return is_whole;
}

/// The most bytes that packing so many may take, as raw deflate data or as gzip.
static inline size_t czlib_deflate_bound(size_t source_count) { return compressBound(source_count) + 32; }

/// Packs a buffer, as raw deflate data (RFC 1951) or as gzip (RFC 1952).
/// Returns the number of bytes written to `target`; 0 when they do not fit.
static inline size_t czlib_deflate(
    const unsigned char *source, size_t source_count, unsigned char *target, size_t target_count, int is_gzip) {
  if (source_count > 0x7FFFFFFF || target_count > 0x7FFFFFFF) return 0;
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  int bits = is_gzip ? MAX_WBITS + 16 : -MAX_WBITS;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  unsigned char none = 0;
  stream.next_in = source_count > 0 ? (unsigned char *)source : &none;
  stream.avail_in = (uInt)source_count;
  stream.next_out = target;
  stream.avail_out = (uInt)target_count;
  int code = deflate(&stream, Z_FINISH);
  size_t count = code == Z_STREAM_END ? (size_t)stream.total_out : 0;
  deflateEnd(&stream);
  return count;
}
