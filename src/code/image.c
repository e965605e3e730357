/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - looking into an image by address.
 *
 * TRUST  Segments in any order, overlapping, at the end of the address space: the first that
 *        holds the address answers. Linear: for a look here and there; code/ranges.h for many.
 * OWNS   Nothing.
 */
#include "code/image.h"

const hmi_segment *hmi_image_segment(const hmi_image *image, uint64_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const hmi_segment *segment = &image->segments[i];
        if (address >= segment->address && address - segment->address < segment->size) {
            return segment;
        }
    }
    return NULL;
}

hm_bytes hmi_image_at(const hmi_image *image, uint64_t address, size_t len)
{
    const hmi_segment *segment = hmi_image_segment(image, address);
    if (segment == NULL) {
        return (hm_bytes){ NULL, 0 };
    }
    uint64_t off = address - segment->address;
    return off < segment->content.len ? hmi_slice(segment->content, (size_t)off, len)
                                      : (hm_bytes){ NULL, 0 };
}

const hmi_import *hmi_image_import(const hmi_image *image, uint64_t slot)
{
    if (image->import_count == 0 || slot < image->imports[0].slot ||
        slot > image->imports[image->import_count - 1].slot) {
        return NULL;
    }
    size_t low = 0, high = image->import_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->imports[middle].slot < slot) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < image->import_count && image->imports[low].slot == slot ? &image->imports[low]
                                                                         : NULL;
}

/* The relocation of a place, NULL when it has none. */
static const hmi_pointer *pointer_at(const hmi_image *image, uint64_t place)
{
    if (image->pointer_count == 0 || place < image->pointers[0].place ||
        place > image->pointers[image->pointer_count - 1].place) {
        return NULL;
    }
    size_t low = 0, high = image->pointer_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->pointers[middle].place < place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < image->pointer_count && image->pointers[low].place == place ? &image->pointers[low]
                                                                             : NULL;
}

bool hmi_image_relocates(const hmi_image *image, uint64_t place)
{
    return pointer_at(image, place) != NULL;
}

uint64_t hmi_image_pointer(const hmi_image *image, uint64_t place)
{
    const hmi_pointer *pointer = pointer_at(image, place);
    return pointer ? pointer->value : 0;
}
