"""Compresses the content of an edit. The first byte names the format.

isal compresses four times as fast as zlib and writes the same format, which zlib reads. It has no wheels for some
platforms; there zlib compresses as well.
"""

from __future__ import annotations

import zlib

from record.errors import BadContent

try:
    from isal import isal_zlib as compressing
except ImportError:
    compressing = zlib  # type: ignore[misc]

FORMAT_DEFLATE_1 = b"\x01"
"""First byte of an edit's content: raw deflate with DICTIONARY_1 as the preset dictionary."""
LEVEL = 1 if compressing is zlib else 0
"""The fastest level that compresses. Level 0 of zlib does not."""
WINDOW_BITS = 15
MAX_CONTENT_BYTES = 64 * 1024 * 1024
"""The size limit of an unpacked entry. A product with every field at its limit has less than 2 MB."""

DICTIONARY_1 = (
    b'"dimension_attribute":"external_urls":[],"is_not_for_sale":false,"combined_skus":[],"global_listing_policy":'
    b'"price_sync":false,"inventory_type":"EXCLUSIVE","replicate_source":"integrated_platform_statuses":[],'
    b'"recommended_categories":[],"manufacturer_ids":[],"responsible_person_ids":[],"shipping_insurance_requirement":'
    b'"subscribe_info":"minimum_order_quantity":"listing_quality_tier":"product_types":["has_draft":false,'
    b'"is_cod_allowed":false,"is_pre_owned":false,"audit":{"status":"APPROVED"},"audit_failed_reasons":[],'
    b'"product_status":"ACTIVATE","status":"ACTIVATE","create_time":17,"update_time":17,"certifications":[{"id":"",'
    b'"size_chart":{"image":{"uri":"","template":{"id":"","video":{"id":"","cover_url":"https://","format":"MP4",'
    b'"package_dimensions":{"length":"10","width":"10","height":"10","unit":"CENTIMETER"},'
    b'"package_weight":{"value":"0.5","unit":"KILOGRAM"},"delivery_options":[{"id":"","name":"","is_available":true}],'
    b'"category_chains":[{"id":"","parent_id":"0","local_name":"","is_leaf":false},{"id":"","is_leaf":true}],'
    b'"brand":{"id":"","name":""},"description":"<p></p><ul><li></li></ul><img src=\\"https://p16-oec-va.ibyteimg.com/'
    b'tos-maliva-i-","main_images":[{"height":800,"width":800,"thumb_urls":["https://p16-oec-va.ibyteimg.com/tos-maliva-'
    b'i-"],"uri":"tos-maliva-i-","urls":["https://p16-oec-va.ibyteimg.com/tos-maliva-i-"]}],'
    b'"product_attributes":[{"id":"100","name":"","values":[{"id":"100","name":""}]},{"id":"10'
    b'"skus":[{"id":"17","seller_sku":"","external_sku_id":"","sales_attributes":[{"id":"100000","name":"Color",'
    b'"value_id":"","value_name":"","sku_img":{"uri":"","urls":["https://"]}}],"inventory":[{"quantity":1,'
    b'"warehouse_id":"7"}],"price":{"currency":"USD","sale_price":"","tax_exclusive_price":""},"identifier_code":'
    b'{"code":"","type":"GTIN"},"list_price":{"amount":"","currency":"USD"},"sku_weight":"sku_dimensions":'
    b'"title":"","category_id":"","category_version":"v2","brand_id":"","save_mode":"LISTING","external_product_id":"",'
    b'"rule":"own_leaf","evidence":{},"attempt":1,"trace_id":"","external_id":"","before":{"id":"17","edit":{'
)
"""Names that occur in nearly every product. Never change it: existing entries need it to be read."""


def deflated(plain: bytes) -> bytes:
    packer = compressing.compressobj(LEVEL, zlib.DEFLATED, -WINDOW_BITS, zdict=DICTIONARY_1)
    return FORMAT_DEFLATE_1 + packer.compress(plain) + packer.flush()


def inflated(content: bytes) -> bytes:
    """Raises BadContent."""
    if content[:1] != FORMAT_DEFLATE_1:
        raise BadContent(f"its content has the unknown format {content[:1].hex() or 'none'}")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=DICTIONARY_1)
    try:
        plain = unpacker.decompress(content[1:], MAX_CONTENT_BYTES)
    except zlib.error:
        raise BadContent("its content cannot be unpacked") from None
    if not unpacker.eof:
        raise BadContent("its content is cut short, or larger than an entry may be")
    return plain
