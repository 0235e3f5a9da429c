/* The columns of metric rows. */
#include "pack.h"

void pack_metrics(struct packer *packer, const struct row *rows, size_t count) {
    pack_times(packer, "time", rows, count);
    pack_sites(packer, rows, count);
    double *values = pack_column(packer, &packer->second, count, sizeof *values);
    if (!values) {
        return;
    }
    for (size_t at = 0; at < count; at++) {
        values[at] = rows[at].value;
    }
    column_float64(&packer->columns, "value", values, count);
    pack_properties(packer, rows, count);
}
