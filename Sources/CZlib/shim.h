// zlib for Swift: whole buffers in one call each. The calls that begin a stream are macros, which Swift does
// not see.
#pragma once
#include <stdlib.h>
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

/// A gzip that is written piece by piece; null when there is no memory.
typedef struct czlib_gzip czlib_gzip;

static inline czlib_gzip *czlib_gzip_begin(void) {
  z_stream *stream = calloc(1, sizeof(z_stream));
  if (!stream) return 0;
  if (deflateInit2(stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    free(stream);
    return 0;
  }
  return (czlib_gzip *)stream;
}

/// The most bytes that packing the next so many may give: what zlib held back before, too.
static inline size_t czlib_gzip_bound(size_t source_count) { return compressBound(source_count) + (256 << 10); }

/// Packs the next bytes and gives all that is packed so far. Returns the number of bytes written to `target`.
static inline size_t czlib_gzip_pack(
    czlib_gzip *gzip, const unsigned char *source, size_t source_count, unsigned char *target, size_t target_count,
    int is_last) {
  if (!gzip || source_count > 0x7FFFFFFF || target_count > 0x7FFFFFFF) return 0;
  z_stream *stream = (z_stream *)gzip;
  unsigned char none = 0;
  stream->next_in = source_count > 0 ? (unsigned char *)source : &none;
  stream->avail_in = (uInt)source_count;
  stream->next_out = target;
  stream->avail_out = (uInt)target_count;
  deflate(stream, is_last ? Z_FINISH : Z_SYNC_FLUSH);
  return target_count - stream->avail_out;
}

static inline void czlib_gzip_end(czlib_gzip *gzip) {
  if (!gzip) return;
  deflateEnd((z_stream *)gzip);
  free(gzip);
}
