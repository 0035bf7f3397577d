// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/watch.h"

#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct hm_watch {
	struct hm_daemon *d;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *source;
};

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct hm_watch *w = user;
	struct udev_device *dev;
	bool any = false;

	(void)source;
	(void)fd;
	(void)revents;
	while ((dev = udev_monitor_receive_device(w->monitor))) {
		any = true;
		udev_device_unref(dev);
	}
	if (any)
		hm_daemon_wake_slots(w->d);
	return 0;
}

struct hm_watch *hm_watch_start(struct hm_daemon *d, sd_event *event)
{
	static const char *const subsystems[] = { "hallmark", "tpm", "tpmrm" };
	struct hm_watch *w = calloc(1, sizeof(*w));
	int rc = -1;

	if (!w)
		return NULL;
	w->d = d;
	w->udev = udev_new();
	w->monitor = w->udev ? udev_monitor_new_from_netlink(w->udev, "udev") : NULL;
	if (w->monitor) {
		rc = 0;
		for (size_t i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]) && rc >= 0; i++)
			rc = udev_monitor_filter_add_match_subsystem_devtype(w->monitor, subsystems[i],
									     NULL);
		if (rc >= 0)
			rc = udev_monitor_filter_add_match_tag(w->monitor, "hallmark");
		if (rc >= 0)
			rc = udev_monitor_enable_receiving(w->monitor);
		if (rc >= 0)
			rc = sd_event_add_io(event, &w->source, udev_monitor_get_fd(w->monitor),
					     EPOLLIN, on_event, w);
	}
	if (rc >= 0)
		return w;
	hm_log(HM_LOG_OTHER, LOG_NOTICE, "udev cannot be listened to: slots look by themselves");
	hm_watch_stop(w);
	return NULL;
}

void hm_watch_stop(struct hm_watch *w)
{
	if (!w)
		return;
	sd_event_source_unref(w->source);
	udev_monitor_unref(w->monitor);
	udev_unref(w->udev);
	free(w);
}
