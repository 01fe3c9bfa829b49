// Answers one line. Collecting garbage stops every goroutine. The one that makes no call is stopped by a signal, which the
// runtime sends to the thread by its number (tgkill).
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
)

func main() {
	runtime.GOMAXPROCS(4)
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	var begun, ended atomic.Bool
	go func() {
		begun.Store(true)
		for !ended.Load() {
		}
	}()
	for !begun.Load() {
		runtime.Gosched()
	}
	runtime.GC()
	ended.Store(true)
	fmt.Print("go:", line)
}
