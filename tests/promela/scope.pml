/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scope machine: which pages a container reports, with two groups of two
 * devices and two pages, each a mapping of its own. Three processes take steps in
 * any order: a user who asks the container, hands that open, close, attach and pin,
 * and the devices, which write.
 *
 * An atomic block is what the core does under the container's lock, or a driver
 * under its own; between two blocks anything may happen. What is promised:
 *
 *   lost   a page written while tracking is on is in the first successful answer
 *	    that covers it afterwards
 *   called	an answer has no page that the rules do not call for
 *
 * What a run is made of is given by -D: the kind of each device (K0 to K3), of each
 * group (G0, G1), and WITH_x, which puts the fault x into the machine, one that
 * a core had or has. Without any it is as it should be.
 *
 * Left out: what a device writes between the moment that an UNMAP with a bitmap
 * reads the bitmap and the moment that the page is gone (the user is to stop the
 * device first), and containers that lose their last group.
 */

/* Kinds of devices */
#define NONE	0	/* there is none */
#define NEVER	1	/* its driver never pins */
#define OPTIN	2	/* pins in start() */
#define PRECOPY	3	/* pins when its user says so, no client */
#define HWLOG	4	/* as OPTIN, tracked pins and a log */
#define EMULATED 5	/* writes to pins, or by vfio_dma_rw() */

/* Kinds of groups */
#define PLAIN	0	/* its IOMMU cannot track */
#define TRACKED	1	/* it can; all such groups share a domain */
#define NO_IOMMU 2	/* emulated */
#define ABSENT	3	/* there is none */

#ifndef K0
#define K0 OPTIN
#endif
#ifndef K1
#define K1 NONE
#endif
#ifndef K2
#define K2 NEVER
#endif
#ifndef K3
#define K3 NONE
#endif
#ifndef G0
#define G0 PLAIN
#endif
#ifndef G1
#define G1 PLAIN
#endif

/* What is not there costs no step */
#if K0 == OPTIN || K0 == HWLOG
#define CLIENT0(step)	step(0)
#else
#define CLIENT0(step)	skip
#endif
#if K1 == OPTIN || K1 == HWLOG
#define CLIENT1(step)	step(1)
#else
#define CLIENT1(step)	skip
#endif
#if K2 == OPTIN || K2 == HWLOG
#define CLIENT2(step)	step(2)
#else
#define CLIENT2(step)	skip
#endif
#if K3 == OPTIN || K3 == HWLOG
#define CLIENT3(step)	step(3)
#else
#define CLIENT3(step)	skip
#endif
#define KIND(d)		((d) == 0 -> K0 : ((d) == 1 -> K1 : ((d) == 2 -> K2 : K3)))
#define GROUP_KIND(g)	((g) == 0 -> G0 : G1)
#define GROUP(d)	((d) / 2)
#define HAS_CLIENT(d)	(KIND(d) == OPTIN || KIND(d) == HWLOG)
#define OTHER(d)	((d) ^ 1)

/* Sets of pages */
#define ALL	3

/* The core: struct vfio_iommu */
bool client_lock;		/* dirty_client_lock */
bool tracking;
byte mapped;
byte bits;			/* the dirty bitmaps of all mappings */
#ifndef WITH_remap
byte kept;			/* dirty when its mapping went */
#endif

/* struct vfio_iommu_group */
bool attached[2];
bool pinned_scope[2];
#ifdef WITH_start_flag
bool unused[2];
bool starting[2];
#define SETTLED(g)	starting[g]
#else
bool unsettled[2];		/* its devices may have written what no answer has */
#define SETTLED(g)	(!unsettled[g])
#endif

/* struct vfio_domain of the groups that can be tracked, and its page table */
bool iommu_on;
byte iommu_bits;

/* struct vfio_iommu_device */
bool open[4];
bool opted_in[4];
byte pins[4];
#ifndef WITH_start_flag
bool fresh[4];			/* alone in a settled group since it was opened */
#endif

/* The drivers */
bool client[4];			/* on the list of clients */
bool runs[4];			/* the device may write */
bool confined[4];		/* to what is pinned */
byte log[4];

/* What the promise needs: not part of the machine */
bool on;			/* START has returned, STOP was not called */
byte due;			/* written, in no answer since */
byte must;			/* the same when the user began to ask */
#ifndef LOST_ONLY
byte called;			/* the rules call for it */
#define CALL_FOR(set)	called = called | (set)
#else
#define CALL_FOR(set)	skip
#endif

#define TRACKS(g)	(GROUP_KIND(g) == TRACKED && iommu_on)
#define WIDE(g)		(attached[g] && !pinned_scope[g] && !TRACKS(g))
#define ANY_WIDE	(WIDE(0) || WIDE(1))
#define PINS(d)		(KIND(d) == HWLOG -> 0 : pins[d])
#define PINNED		(PINS(0) | PINS(1) | PINS(2) | PINS(3))
#define LOGS		(log[0] | log[1] | log[2] | log[3])
#define ANY_PIN		(pins[0] | pins[1] | pins[2] | pins[3])
#define SAYS(d)		(!open[d] || opted_in[d])
#define LIMITED(g)	(GROUP_KIND(g) == NO_IOMMU || \
			 ((open[2 * g] || open[2 * g + 1]) && \
			  SAYS(2 * g) && SAYS(2 * g + 1)))

/* Used within one step, 0 after it */
bool was_wide;
byte answer;
byte w;

/* The settling report */
inline settle()
{
#ifndef WITH_settling
	bits = bits | mapped;
#endif
	CALL_FOR(mapped)
}

/* vfio_iommu_update_scope() */
inline update_scope(g)
{
	was_wide = WIDE(g);
	pinned_scope[g] = LIMITED(g);
	if
	:: was_wide && !WIDE(g) && tracking && !SETTLED(g) -> settle()
	:: else
	fi;
#ifndef WITH_start_flag
	if
	:: was_wide != WIDE(g) -> unsettled[g] = tracking && WIDE(g)
	:: else
	fi;
#endif
	was_wide = false
}

/* vfio_iommu_widen_unpinned() */
inline widen_unpinned()
{
#ifndef WITH_stop
	opted_in[0] = opted_in[0] && pins[0];
	opted_in[1] = opted_in[1] && pins[1];
	opted_in[2] = opted_in[2] && pins[2];
	opted_in[3] = opted_in[3] && pins[3];
	update_scope(0);
	update_scope(1)
#else
	skip
#endif
}

/* vfio_pin_pages() */
inline pin(d, page)
{
	pins[d] = pins[d] | page;
	if
	:: tracking && KIND(d) != HWLOG ->
		bits = bits | page;
		CALL_FOR(page)
	:: else
	fi;
	opted_in[d] = true;
	update_scope(GROUP(d))
}

/* The driver marks what the log has, then returns pins */
inline mark_log(d)
{
	bits = bits | (tracking -> log[d] : 0);
	log[d] = 0
}

inline unpin(d, set)
{
	mark_log(d);
	pins[d] = pins[d] & ~(set)
}

inline opt_out(d)
{
	confined[d] = false;
#ifndef WITH_opt_out
	opted_in[d] = false;
	update_scope(GROUP(d))
#endif
}

/*
 * Where a device may have a window: with FIXED_WINDOWS on one page only, which one is
 * its own affair
 */
#ifdef FIXED_WINDOWS
#define PLACES(d)	(1 + ((d) & 1))
#else
#define PLACES(d)	ALL
#endif

/* A page out of a set that is not empty */
inline pick(set)
{
	if
	:: (set) & 1 -> w = 1
	:: (set) & 2 -> w = 2
	fi
}

/* The driver's start(): the window is on a page that is mapped, or there is none */
inline driver_start(d)
{
	confined[d] = true;
	if
	:: (mapped & PLACES(d) & ~pins[d]) != 0 ->
		pick(mapped & PLACES(d) & ~pins[d]);
		pin(d, w);
		printf("  device %d pins page %d in start()\n", d, w / 2);
		w = 0
	:: true
	fi
}

inline driver_stop(d)
{
	unpin(d, ALL);
	confined[d] = false
}

/* The sync() callbacks, each by itself, with the clients' lock */
inline sync(d)
{
	atomic {
		if
		:: client[d] && KIND(d) == HWLOG && tracking ->
			if
			:: true ->
				mark_log(d);
				printf("  sync() of device %d\n", d)
#ifndef NO_FAILURE
			:: true ->
				/*
				 * It cannot be read, and may be cleared, beyond
				 * the range too: the driver marks what is pinned
				 */
				log[d] = 0;
				bits = bits | (range & mapped) | pins[d];
				CALL_FOR((range & mapped) | pins[d]);
				printf("  sync() of device %d fails\n", d)
#endif
			fi
		:: else
		fi
	}
}

inline sync_clients()
{
	atomic { !client_lock -> client_lock = true }
	CLIENT0(sync);
	CLIENT1(sync);
	CLIENT2(sync);
	CLIENT3(sync);
	client_lock = false
}

/* vfio_dma_update_bitmap(): while all is dirty, the IOMMU is not asked */
inline harvest(set)
{
	if
	:: !ANY_WIDE && iommu_on ->
		bits = bits | (iommu_bits & (set));
		iommu_bits = iommu_bits & ~(set)
	:: else
	fi
}

/* The user has an answer that covers a set of mapped pages */
inline answered(set)
{
	answer = (set) & (ANY_WIDE -> ALL : bits);
	printf("  answer: %d, of %d\n", answer, set);
	assert((must & due & (set) & ~answer) == 0);	/* lost */
#ifndef LOST_ONLY
	assert(ANY_WIDE || (answer & ~(called | PINNED)) == 0); /* called */
#endif
	due = due & ~answer;
#ifndef LOST_ONLY
	/* What is pinned may be written after this, and no log was read since */
	called = (called & ~(set)) | ((set) & (PINNED | iommu_bits | LOGS));
#endif
	answer = 0
}

/* User: START, STOP, GET, UNMAP and MAP in any order */
inline start_client(d)
{
	if
	:: client[d] ->
#ifdef WITH_start_flag
		starting[GROUP(d)] = true;
#endif
		atomic { driver_start(d) }
#ifdef WITH_start_flag
		atomic {
			starting[GROUP(d)] = false;
			unused[GROUP(d)] = false
		}
#endif
	:: else
	fi
}

inline do_start()
{
	atomic {
		!client_lock ->
		client_lock = true;
		printf("START\n");
		tracking = true;
		bits = PINNED;
#ifndef LOST_ONLY
		called = PINNED;
#endif
		widen_unpinned();
#ifndef WITH_start_flag
		unsettled[0] = false;
		unsettled[1] = false;
#endif
		if
		:: (G0 == TRACKED && attached[0]) || (G1 == TRACKED && attached[1]) ->
			if
			:: true ->
				iommu_on = true;
				iommu_bits = 0
			:: true ->
				printf("  the IOMMU cannot begin to track\n")
			fi
		:: else
		fi
	}
	CLIENT0(start_client);
	CLIENT1(start_client);
	CLIENT2(start_client);
	CLIENT3(start_client);
	atomic {
#ifndef WITH_start_flag
		unsettled[0] = WIDE(0) && (open[0] || open[1]);
		unsettled[1] = WIDE(1) && (open[2] || open[3]);
#endif
		client_lock = false;
		on = true
	}
}

inline stop_client(d)
{
	atomic {
		if
		:: client[d] -> driver_stop(d)
		:: else
		fi
	}
}

inline do_stop()
{
	atomic {
		!client_lock ->
		client_lock = true;
		printf("STOP\n");
		on = false;
		due = 0
	}
	CLIENT0(stop_client);
	CLIENT1(stop_client);
	CLIENT2(stop_client);
	CLIENT3(stop_client);
	atomic {
		tracking = false;
		iommu_on = false;
		iommu_bits = 0;
		bits = 0;
#ifndef LOST_ONLY
		called = 0;
#endif
#ifndef WITH_remap
		kept = 0;
#endif
		widen_unpinned();
#ifndef WITH_start_flag
		unsettled[0] = false;
		unsettled[1] = false;
#endif
		client_lock = false
	}
}

inline do_get()
{
	atomic {
		if
		:: range = 1
		:: range = 2
		:: range = 3
		fi;
		must = due & range;
		printf("GET of %d\n", range)
	}
	sync_clients();
	atomic {
		harvest(range & mapped);
		if
		:: true ->
			answered(range & mapped);
			bits = (bits & ~range) | (PINNED & range)
#ifndef NO_FAILURE
		:: true ->
			printf("  GET fails\n")
#ifdef WITH_failed_get
			;
			bits = (bits & ~range) | (PINNED & range)
#endif
#endif
		fi;
		must = 0;
		range = 0
	}
}

inline do_unmap()
{
	atomic {
		pick(mapped);
		range = w;
		w = 0;
		must = due & range;
		if
		:: tracking -> ask = true
		:: true -> ask = false
		fi;
		printf("UNMAP of %d, %d: with bitmap\n", range, ask)
	}
	if
	:: ask -> sync_clients()
	:: else
	fi;
	do
		/* The drivers' dma_unmap(), which are called without the lock */
	:: d_step { pins[0] & range -> unpin(0, range) }
	:: d_step { pins[1] & range -> unpin(1, range) }
	:: d_step { pins[2] & range -> unpin(2, range) }
	:: d_step { pins[3] & range -> unpin(3, range) }
	:: atomic {
		(ANY_PIN & range) == 0 ->
		harvest(range);
		if
		:: ask -> answered(range)
		:: else ->
			/* What a GET would have reported is not forgotten */
			CALL_FOR((tracking && ANY_WIDE -> range : 0));
#ifndef WITH_remap
			kept = kept | (tracking -> range &
				(ANY_WIDE -> ALL : bits) : 0)
#endif
		fi;
		mapped = mapped & ~range;
		bits = bits & ~range;
		iommu_bits = iommu_bits & ~range;
		break }
#ifndef NO_FAILURE
	:: atomic {
		ANY_PIN & range ->
		printf("  UNMAP fails: pinned again and again\n");
		break }
	:: atomic {
		ask ->
		printf("  UNMAP fails: bad bitmap\n");
		break }
#endif
	od;
	atomic {
		must = 0;
		range = 0;
		ask = false
	}
}

inline do_map()
{
	pick(ALL & ~mapped);
	printf("MAP of %d\n", w);
	mapped = mapped | w;
#ifndef WITH_remap
	bits = bits | (kept & w);
	kept = kept & ~w;
#endif
	w = 0
}

proctype user()
{
	byte range;
	bool ask;

	do
	:: !tracking -> do_start()
	:: tracking -> do_stop()
	:: tracking -> do_get()
#ifndef NO_UNMAP
	:: mapped -> do_unmap()
	:: atomic { mapped != ALL -> do_map() }
#endif
	od
}

/* Hands: what the users of devices and groups do */
inline do_open(d)
{
	/* register_device() */
	atomic {
		!open[d] && attached[GROUP(d)] ->
		printf("open device %d\n", d);
#if defined(WITH_start_flag) && !defined(WITH_shared_open)
		unused[GROUP(d)] = unused[GROUP(d)] && !open[OTHER(d)];
#endif
		open[d] = true;
#ifndef WITH_start_flag
		fresh[d] = !unsettled[GROUP(d)] && !open[OTHER(d)];
		fresh[OTHER(d)] = false;
		unsettled[GROUP(d)] = tracking;
#endif
		update_scope(GROUP(d))
	}
	if
	:: HAS_CLIENT(d) ->
		atomic { !client_lock -> client_lock = true; client[d] = true }
		if
		:: tracking ->
#ifdef WITH_start_flag
			starting[GROUP(d)] = unused[GROUP(d)];
#else
			unsettled[GROUP(d)] = unsettled[GROUP(d)] && !fresh[d];
#endif
			atomic { driver_start(d) }
			atomic {
#ifdef WITH_start_flag
				starting[GROUP(d)] = false;
				unused[GROUP(d)] = false
#else
				unsettled[GROUP(d)] = WIDE(GROUP(d));
				fresh[d] = false
#endif
			}
		:: else
		fi;
		client_lock = false
	:: else
	fi;
	atomic {
		if
		:: KIND(d) == EMULATED -> confined[d] = true
		:: else
		fi;
		runs[d] = true
	}
}

inline unregister_client(d)
{
	if
	:: HAS_CLIENT(d) ->
		atomic { !client_lock -> client[d] = false }
	:: else
	fi
}

inline do_close(d)
{
	atomic {
		printf("close device %d\n", d);
		runs[d] = false;
#ifndef WITH_late_log
		mark_log(d)
#endif
	}
	unregister_client(d);
	atomic {
		unpin(d, ALL);
		confined[d] = false
	}
	/* unregister_device() */
	atomic {
		printf("device %d is closed\n", d);
		open[d] = false;
#ifdef WITH_start_flag
		unused[GROUP(d)] = false;
#endif
#ifndef WITH_close
		opted_in[d] = false;
		update_scope(GROUP(d));
#endif
#ifndef WITH_start_flag
		fresh[d] = false;
		unsettled[GROUP(d)] = tracking && WIDE(GROUP(d))
#endif
	}
}

inline do_reset(d)
{
	atomic {
		printf("reset device %d\n", d);
		unpin(d, ALL);
		if
		:: KIND(d) == PRECOPY -> opt_out(d)
		:: else
		fi
	}
	atomic {
		if
		:: !pins[d] ->
			opted_in[d] = false;
			update_scope(GROUP(d))
		:: else
		fi
	}
}

/* A window comes, and is pinned if the driver has opted in or does so now */
inline do_pin(d)
{
	pick(mapped & PLACES(d) & ~pins[d]);
	printf("device %d pins page %d\n", d, w / 2);
	confined[d] = true;
	pin(d, w);
	w = 0
}

inline do_unpin(d)
{
	pick(pins[d]);
	printf("device %d unpins page %d\n", d, w / 2);
	unpin(d, w);
	w = 0;
	/* When the migration is over, its driver says no more than that */
	if
	:: KIND(d) == PRECOPY && !tracking && !pins[d] -> confined[d] = false
	:: else
	fi
}

inline do_opt_out(d)
{
	printf("device %d unpins all and opts out\n", d);
	unpin(d, ALL);
	opt_out(d)
}

#define IDLE(g)	(attached[g] && !open[2 * g] && !open[2 * g + 1])

/* vfio_iommu_type1_attach_group(), vfio_domain_track_dirty() */
inline do_attach(g)
{
	printf("attach group %d\n", g);
	pinned_scope[g] = GROUP_KIND(g) == NO_IOMMU;
#ifdef WITH_start_flag
	unused[g] = true;
#endif
	was_wide = GROUP_KIND(1 - g) == TRACKED && WIDE(1 - g);
	attached[g] = true;
	if
	:: tracking && GROUP_KIND(g) == TRACKED && !iommu_on ->
		if
		:: true ->
			iommu_on = true;
			iommu_bits = 0;
			if
			:: was_wide ->
				printf("  now the IOMMU tracks\n");
#ifdef WITH_late_tracking
				skip
#else
				settle()
#endif
			:: else
			fi
		:: true
		fi
	:: else
	fi;
	was_wide = false
}

inline do_detach(g)
{
	printf("detach group %d\n", g);
	was_wide = WIDE(g);
	attached[g] = false;
	pinned_scope[g] = false;
#ifdef WITH_start_flag
	unused[g] = false;
#else
	unsettled[g] = false;
#endif
	if
	:: GROUP_KIND(g) == TRACKED && iommu_on &&
	   !(GROUP_KIND(1 - g) == TRACKED && attached[1 - g]) ->
		bits = bits | (iommu_bits & mapped);
		iommu_bits = 0;
		iommu_on = false
	:: else
	fi;
	if
	:: was_wide && tracking -> settle()
	:: else
	fi;
	was_wide = false
}

inline any_device()
{
	if
	:: KIND(odd) != NONE -> d = odd
	:: KIND(odd + 2) != NONE -> d = odd + 2
#ifdef ONE_PAIR_OF_HANDS
	:: K1 != NONE -> d = 1
	:: K3 != NONE -> d = 3
#endif
	fi
}

/* Those of the even or of the odd devices */
proctype hands(bool odd)
{
	byte d;

	do
	:: any_device();
		if
		:: do_open(d)
		:: open[d] -> do_close(d)
		:: open[d] -> do_reset(d)
		:: atomic {
			open[d] && confined[d] && (mapped & PLACES(d) & ~pins[d]) != 0 ->
			do_pin(d) }
		:: atomic {
			open[d] && KIND(d) == PRECOPY && !confined[d] &&
			(mapped & PLACES(d)) ->
			do_pin(d) }
		:: atomic { open[d] && pins[d] -> do_unpin(d) }
		:: atomic { confined[d] && KIND(d) == PRECOPY -> do_opt_out(d) }
#ifndef NO_ATTACH
		:: atomic {
			!open[d] && !attached[GROUP(d)] -> do_attach(GROUP(d)) }
		:: atomic {
			IDLE(GROUP(d)) && attached[1 - GROUP(d)] ->
			do_detach(GROUP(d)) }
#endif
		fi;
		d = 0
	od
}

/* The devices write, at any time */
#define MAY_WRITE(d, page) \
	(runs[d] && (mapped & page) && (!confined[d] || (pins[d] & page)))

inline written(d, page)
{
	printf("device %d writes page %d\n", d, page / 2);
	due = due | (on -> page : 0);
	CALL_FOR((tracking -> page : 0));
	iommu_bits = iommu_bits | (TRACKS(GROUP(d)) -> page : 0);
	log[d] = log[d] | (KIND(d) == HWLOG -> pins[d] & page : 0)
}

/* vfio_dma_rw(), which may fail when some of the page has been written */
inline dma_rw(d, page)
{
	if
	:: true ->
		written(d, page);
		bits = bits | (tracking -> page : 0)
	:: true ->
		written(d, page);
		printf("  in part: the copy fails\n");
#ifndef WITH_partial_copy
		bits = bits | (tracking -> page : 0)
#endif
	fi
}

proctype devices()
{
	do
	:: d_step { MAY_WRITE(0, 1) -> written(0, 1) }
	:: d_step { MAY_WRITE(0, 2) -> written(0, 2) }
	:: d_step { MAY_WRITE(1, 1) -> written(1, 1) }
	:: d_step { MAY_WRITE(1, 2) -> written(1, 2) }
	:: d_step { MAY_WRITE(2, 1) -> written(2, 1) }
	:: d_step { MAY_WRITE(2, 2) -> written(2, 2) }
	:: d_step { MAY_WRITE(3, 1) -> written(3, 1) }
	:: d_step { MAY_WRITE(3, 2) -> written(3, 2) }
	:: atomic { K0 == EMULATED && runs[0] && (mapped & 1) -> dma_rw(0, 1) }
	:: atomic { K0 == EMULATED && runs[0] && (mapped & 2) -> dma_rw(0, 2) }
	od
}

init {
	atomic {
		mapped = ALL;
		attached[0] = true;
		attached[1] = G1 != ABSENT;
		pinned_scope[0] = G0 == NO_IOMMU;
		pinned_scope[1] = G1 == NO_IOMMU;
#ifdef WITH_start_flag
		unused[0] = true;
		unused[1] = true;
#endif
		run user();
		if
		:: K0 != NONE || K2 != NONE -> run hands(0)
		:: else
		fi;
#ifndef ONE_PAIR_OF_HANDS
		if
		:: K1 != NONE || K3 != NONE -> run hands(1)
		:: else
		fi;
#endif
		run devices()
	}
}
