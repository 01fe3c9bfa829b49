import sys
import threading

line = sys.stdin.readline()
thread = threading.Thread(target=lambda: sys.stdout.write("python:" + line))
thread.start()
thread.join()
