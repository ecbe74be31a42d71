scalaVersion := "2.13.16"
name := "shop"
version := "1.0.0"
