# SPDX-License-Identifier: Apache-2.0
# Loads what "hallmark export -f zeek-intel" wrote, and logs each sighting to intel.log.
@load frameworks/intel/seen
@load frameworks/intel/do_notice

redef Intel::read_files += { "/opt/zeek/share/hallmark.intel" };
