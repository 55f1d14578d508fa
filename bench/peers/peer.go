// SPDX-License-Identifier: MIT
//
// The benchmarks on Go: goroutines and channels. Each prints "RES name value unit".
//
//	go build -o peer peer.go && GOMAXPROCS=2 ./peer NAME COUNT
//
// A goroutine has no mailbox, identity, links or monitors; what it takes the place of is the
// smallest thing that does the same work.
package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	processesOfRing = 503
	senders         = 100
	subscribers     = 1000
)

func result(name string, value float64, unit string) {
	fmt.Printf("RES %s %.3f %s\n", name, value, unit)
}

func rate(name string, count int, work func()) {
	started := time.Now()
	work()
	result(name, float64(count)/time.Since(started).Seconds(), "/s")
}

func residentBytes() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	match := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	kib, err := strconv.Atoi(string(match[1]))
	if err != nil {
		panic(err)
	}
	return float64(kib) * 1024
}

func spawnAll(count int) {
	var living sync.WaitGroup
	living.Add(count)
	for i := 0; i < count; i++ {
		go living.Done()
	}
	living.Wait()
}

func spawnExit(count int) {
	spawnAll(count / 10)
	rate("spawn_exit", count, func() { spawnAll(count) })
}

// Each goroutine waits on a channel of its own: a mailbox is the least a process has.
func idleBytes(count int) {
	debug.SetGCPercent(400)
	runtime.GC()
	mailboxes := make([]chan int, count)
	before := residentBytes()
	var up sync.WaitGroup
	up.Add(count)
	for i := range mailboxes {
		mailbox := make(chan int, 1)
		mailboxes[i] = mailbox
		go func() { up.Done(); <-mailbox }()
	}
	up.Wait()
	result("idle_bytes", (residentBytes()-before)/float64(count), "B")
	runtime.KeepAlive(mailboxes)
}

// A supervisor by hand: a goroutine that panics is told on a channel, and started again. Who kills
// closes the channel on which it waits.
func restartAll(name string, count int) {
	dead, up := make(chan int, 1024), make(chan bool, 1024)
	kill := make([]chan bool, count)
	start := func(id int) {
		killed := make(chan bool)
		kill[id] = killed
		go func() {
			defer func() {
				if recover() != nil {
					dead <- id
				}
			}()
			up <- true
			<-killed
			panic("killed")
		}()
	}
	go func() {
		for id := 0; id < count; id++ {
			start(id)
		}
		for id := range dead {
			start(id)
		}
	}()
	allUp := func() {
		for i := 0; i < count; i++ {
			<-up
		}
	}
	allUp()
	victims := append([]chan bool{}, kill...)
	started := time.Now()
	go func() {
		for _, killed := range victims {
			close(killed)
		}
	}()
	allUp()
	result(name, float64(time.Since(started).Microseconds())/1000, "ms")
}

func restart(count int) {
	restartAll("restart_100k_ms", 100000)
	restartAll("restart_1m_ms", count)
}

func pingpong(name string, count int) {
	there, back := make(chan int), make(chan int)
	go func() {
		for ball := range there {
			back <- ball
		}
	}()
	play := func(count int) {
		for i := 0; i < count; i++ {
			there <- 1
			<-back
		}
	}
	play(10000)
	rate(name, count, func() { play(count) })
}

func ring(count int) {
	done := make(chan bool)
	first := make(chan int, 1)
	in := first
	for i := 1; i <= processesOfRing; i++ {
		out := first
		if i < processesOfRing {
			out = make(chan int, 1)
		}
		go func(in, out chan int) {
			for left := range in {
				if left == 0 {
					done <- true
				} else {
					out <- left - 1
				}
			}
		}(in, out)
		in = out
	}
	rate("ring", count, func() {
		first <- count - 1
		<-done
	})
}

func fanin(count int) {
	sink := make(chan int, 1024)
	each := count / senders
	rate("fanin", each*senders, func() {
		for i := 0; i < senders; i++ {
			go func() {
				for j := 0; j < each; j++ {
					sink <- 1
				}
			}()
		}
		for i := 0; i < each*senders; i++ {
			<-sink
		}
	})
}

type request struct{ reply chan int }

func server(requests chan request) {
	value := 0
	for r := range requests {
		r.reply <- value
		value++
	}
}

// A call with a timeout, as gen_server:call: a timer is started and stopped for each.
func calls(requests chan request, count int) {
	reply := make(chan int, 1)
	for i := 0; i < count; i++ {
		timer := time.NewTimer(5 * time.Second)
		requests <- request{reply}
		select {
		case <-reply:
		case <-timer.C:
			panic("timeout")
		}
		timer.Stop()
	}
}

func call(name string, callers, count int) {
	requests := make(chan request, 1024)
	go server(requests)
	each := count / callers
	rate(name, each*callers, func() {
		var working sync.WaitGroup
		working.Add(callers)
		for i := 0; i < callers; i++ {
			go func() {
				calls(requests, each)
				working.Done()
			}()
		}
		working.Wait()
	})
}

func broadcast(events int) {
	mailboxes := make([]chan int, subscribers)
	var working sync.WaitGroup
	working.Add(subscribers)
	for i := range mailboxes {
		mailbox := make(chan int, 64)
		mailboxes[i] = mailbox
		go func() {
			for e := 0; e < events; e++ {
				<-mailbox
			}
			working.Done()
		}()
	}
	rate("broadcast", subscribers*events, func() {
		for e := 0; e < events; e++ {
			for _, mailbox := range mailboxes {
				mailbox <- e
			}
		}
		working.Wait()
	})
}

func timers(count int) {
	started := make([]*time.Timer, count)
	round := func() {
		for i := range started {
			after := time.Minute + time.Duration(i*7919%600000)*time.Millisecond
			started[i] = time.AfterFunc(after, func() {})
		}
		for _, timer := range started {
			timer.Stop()
		}
	}
	round()
	begin := time.Now()
	round()
	result("timers_1m_ms", float64(time.Since(begin).Microseconds())/1000, "ms")
}

// A map under a lock that many readers share.
func tableRows(count int) {
	var lock sync.RWMutex
	rows := map[int]int{}
	rate("table_insert", count, func() {
		for i := 0; i < count; i++ {
			lock.Lock()
			rows[i] = i
			lock.Unlock()
		}
	})
	sum := 0
	rate("table_lookup", count, func() {
		for i := 0; i < count; i++ {
			lock.RLock()
			sum += rows[i]
			lock.RUnlock()
		}
	})
	if sum == 0 {
		panic("rows are lost")
	}
}

// Seconds that n goroutines need which begin together.
func atOnce(n int, work func(i int)) float64 {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			ready.Done()
			<-start
			work(i)
			done.Done()
		}(i)
	}
	ready.Wait()
	begin := time.Now()
	close(start)
	done.Wait()
	return time.Since(begin).Seconds()
}

// Rows per second of n goroutines: each puts its part of the rows, each looks all of them up.
func tableRound(count, n int) (float64, float64) {
	var lock sync.RWMutex
	rows := map[int]int{}
	insert := atOnce(n, func(i int) {
		for key := count * i / n; key < count*(i+1)/n; key++ {
			lock.Lock()
			rows[key] = key
			lock.Unlock()
		}
	})
	lookup := atOnce(n, func(int) {
		sum := 0
		for key := 0; key < count; key++ {
			lock.RLock()
			sum += rows[key]
			lock.RUnlock()
		}
		if sum == 0 {
			panic("rows are lost")
		}
	})
	return float64(count) / insert, float64(count*n) / lookup
}

func tableRows2(count int) {
	tableRound(count, 2)
	var inserts, lookups [3]float64
	for round := 0; round < 3; round++ {
		for n := 1; n <= 2; n++ {
			insert, lookup := tableRound(count, n)
			inserts[n] += insert
			lookups[n] += lookup
		}
	}
	result("table_insert_2", inserts[2]/inserts[1], "times")
	result("table_lookup_2", lookups[2]/lookups[1], "times")
}

// A ping each millisecond beside goroutines that only compute.
func hogPing(count int) {
	const hogs = 4
	for i := 0; i < hogs; i++ {
		go func() {
			for {
			}
		}()
	}
	pings, pongs := make(chan int), make(chan int)
	go func() {
		for range pings {
			pongs <- 1
		}
	}()
	trips := make([]float64, count)
	gap := time.Duration(0)
	answered := time.Now()
	for i := range trips {
		<-time.After(time.Millisecond)
		sent := time.Now()
		pings <- 1
		<-pongs
		now := time.Now()
		trips[i] = float64(now.Sub(sent).Nanoseconds()) / 1000
		if now.Sub(answered) > gap {
			gap = now.Sub(answered)
		}
		answered = now
	}
	sort.Float64s(trips)
	result("hog_ping_p99_us", trips[count*99/100], "us")
	result("hog_ping_gap_ms", float64(gap.Microseconds())/1000, "ms")
}

func main() {
	name := os.Args[1]
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	map[string]func(){
		"spawn_exit":       func() { spawnExit(count) },
		"idle_bytes":       func() { idleBytes(count) },
		"restart":          func() { restart(count) },
		"pingpong":         func() { pingpong(name, count) },
		"pingpong_receive": func() { pingpong(name, count) },
		"ring":             func() { ring(count) },
		"fanin":            func() { fanin(count) },
		"call_1":           func() { call(name, 1, count) },
		"call_100":         func() { call(name, 100, count) },
		"broadcast":        func() { broadcast(count) },
		"timers_1m_ms":     func() { timers(count) },
		"hog_ping":         func() { hogPing(count) },
		"table_rows":       func() { tableRows(count) },
		"table_rows_2":     func() { tableRows2(count) },
	}[name]()
}
