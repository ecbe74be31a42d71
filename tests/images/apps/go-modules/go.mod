module example.com/go-modules

go 1.26

require golang.org/x/sync v0.20.0
