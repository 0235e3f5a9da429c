/*
 * What a Resource* message says of all its records beside the resource's attributes, which are the
 * process's: its schema URL, how many attributes were dropped, and the entities that it is made of.
 */
#ifndef LIMNOGRAPH_OTLP_RESOURCE_H
#define LIMNOGRAPH_OTLP_RESOURCE_H

#include "columns.h"

/* Puts the entries otel.resource.* of a Resource* message. */
bool put_resource_entries(struct decode *d, struct map_column *entries, struct span message);

#endif
