FROM localhost/stand-in/trixie:latest
CMD ["bash"]
